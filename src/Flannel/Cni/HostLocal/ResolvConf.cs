namespace Flannel.Cni.HostLocal;

/// <summary>A file of resolver settings, resolv.conf(5).</summary>
internal static class ResolvConf
{
    private static readonly char[] Blanks = [' ', '\t', '\v', '\f', '\r'];

    /// <exception cref="CniException">It cannot be read: code 5.</exception>
    public static CniDns Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CniException(CniException.IOFailure, $"open {path}: {fault.Message}", cause: fault);
        }
    }

    /// <summary>Several <c>nameserver</c>, <c>search</c> and <c>options</c> lines add up, of several <c>domain</c> lines the last counts; the rest is passed over.</summary>
    public static CniDns Parse(string text)
    {
        List<string> nameservers = [], search = [], options = [];
        var domain = "";
        foreach (var line in text.Split('\n'))
        {
            switch (line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries))
            {
                case [['#' or ';', ..], ..]:
                    break;
                case ["nameserver", var address, ..]:
                    nameservers.Add(address);
                    break;
                case ["domain", var name, ..]:
                    domain = name;
                    break;
                case ["search", .. var names]:
                    search.AddRange(names);
                    break;
                case ["options", .. var words]:
                    options.AddRange(words);
                    break;
            }
        }

        return new CniDns { Nameservers = nameservers, Domain = domain, Search = search, Options = options };
    }
}
