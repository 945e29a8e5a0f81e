using System.Text.Encodings.Web;
using System.Text.Json;

namespace Flannel.Cni;

/// <summary>The result document in all versions of the specification: 0.1 and 0.2 know one address per family, 0.3 and 0.4 say the family of each, 1.x say more of interfaces.</summary>
public static partial class CniResultJson
{
    /// <summary>How documents for a runtime look: indented by four blanks, as all plugins write them.</summary>
    public static JsonWriterOptions DocumentOptions { get; } =
        new() { Indented = true, IndentSize = 4, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
