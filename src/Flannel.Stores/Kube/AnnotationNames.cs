using System.Text.Json;

namespace Flannel.Stores.Kube;

/// <summary>
/// One string for each name, and for a value that repeats from node to node: thousands of nodes of a cluster have the same few names, and mostly the same type.
/// </summary>
internal sealed class AnnotationNames
{
    // A cluster whose nodes have more kinds than this pays for the rest with strings of their own.
    private const int Most = 32;

    private readonly List<string> _names = [];
    private readonly List<string> _values = [];

    /// <summary>The name under the reader, and the number to ask for its value with; negative for a name that is not remembered.</summary>
    public string Name(ref Utf8JsonReader reader, out int number)
    {
        for (number = 0; number < _names.Count; number++)
        {
            if (reader.ValueTextEquals(_names[number]))
            {
                return _names[number];
            }
        }

        var name = reader.GetString()!;
        if (_names.Count == Most)
        {
            number = -1;
            return name;
        }

        _names.Add(name);
        _values.Add("");
        return name;
    }

    public string Value(ref Utf8JsonReader reader, int number)
    {
        if (number < 0)
        {
            return reader.GetString()!;
        }

        if (!reader.ValueTextEquals(_values[number]))
        {
            _values[number] = reader.GetString()!;
        }

        return _values[number];
    }
}
