using System.CommandLine;

namespace Flannel.Daemon.Ctl;

/// <summary>The option <c>-o</c>: a table for people, or JSON for programs.</summary>
internal sealed class OutputFormat
{
    private readonly Option<string> _option = new("--output", "-o") { Description = "table or json", Recursive = true, DefaultValueFactory = _ => "table" };

    public OutputFormat(Command command)
    {
        _option.AcceptOnlyFromAmong("table", "json");
        command.Options.Add(_option);
    }

    public bool IsJson(ParseResult result) => result.GetValue(_option) == "json";
}
