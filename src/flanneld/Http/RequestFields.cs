using System.Text;

namespace Flannel.Daemon.Http;

/// <summary>What the fields of a request say together.</summary>
internal struct RequestFields
{
    /// <summary>A line that is no field, a continued line of old among them.</summary>
    public bool IsMalformed { get; private set; }

    public int Hosts { get; private set; }

    /// <summary>A body follows, of whatever length.</summary>
    public bool HasBody { get; private set; }

    /// <summary>The client asks for the end of the connection.</summary>
    public bool Closes { get; private set; }

    public void Add(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon < 0 || !RequestHead.IsToken(line[..colon]))
        {
            IsMalformed = true;
            return;
        }

        var name = line[..colon];
        var value = line[(colon + 1)..].Trim(" \t"u8);
        if (Is(name, "host"u8))
        {
            Hosts++;
        }
        else if (Is(name, "connection"u8))
        {
            Closes |= Lists(value, "close"u8);
        }
        else if (Is(name, "content-length"u8))
        {
            HasBody |= !value.SequenceEqual("0"u8);
        }
        else if (Is(name, "transfer-encoding"u8))
        {
            HasBody = true;
        }
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerCase) => Ascii.EqualsIgnoreCase(text, lowerCase);

    private static bool Lists(ReadOnlySpan<byte> list, ReadOnlySpan<byte> word)
    {
        foreach (var part in list.Split((byte)','))
        {
            if (Is(list[part].Trim(" \t"u8), word))
            {
                return true;
            }
        }

        return false;
    }
}
