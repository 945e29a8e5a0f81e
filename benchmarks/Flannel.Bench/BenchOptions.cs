using System.Diagnostics.CodeAnalysis;

namespace Flannel.Bench;

/// <summary>What to measure and how long.</summary>
internal sealed record BenchOptions
{
    public const string Usage =
        """
        usage: ./bench [--quick] [--json FILE] [--list] [NAME]...

          --quick      fewer runs and shorter ones: an impression, not a result
          --json FILE  write the figures there too
          --list       name what can be measured
          NAME         measure only this; everything without names

        The exit code is 0 when every bar is reached and 1 when one is missed.

        """;

    public bool Quick { get; init; }

    public bool List { get; init; }

    public string? JsonFile { get; init; }

    public IReadOnlyList<Scenario> Scenarios { get; init; } = Scenario.All;

    /// <summary>How often something is started or compared.</summary>
    public int Runs => Quick ? 2 : 5;

    /// <summary>How often something short is repeated.</summary>
    public int Repetitions => Quick ? 20 : 100;

    public TimeSpan Rest => TimeSpan.FromSeconds(Quick ? 10 : 60);

    public static bool TryParse(IReadOnlyList<string> words, [NotNullWhen(true)] out BenchOptions? options, [NotNullWhen(false)] out string? problem)
    {
        var read = new BenchOptions();
        var chosen = new List<Scenario>();
        (options, problem) = (null, null);
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] == "--quick")
            {
                read = read with { Quick = true };
            }
            else if (words[i] == "--list")
            {
                read = read with { List = true };
            }
            else if (words[i] == "--json" && i + 1 < words.Count)
            {
                read = read with { JsonFile = words[++i] };
            }
            else if (Scenario.All.FirstOrDefault(scenario => scenario.Name == words[i]) is { } scenario)
            {
                chosen.Add(scenario);
            }
            else
            {
                problem = $"what is {words[i]}?";
                return false;
            }
        }

        options = chosen.Count == 0 ? read : read with { Scenarios = chosen };
        return true;
    }
}
