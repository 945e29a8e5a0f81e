using Flannel.Bench;
using Flannel.Bench.Bed;
using Flannel.Bench.Figures;

if (args is [BareFollower.Command, var endpoint, var backend])
{
    await BareFollower.RunAsync(new Uri(endpoint), backend);
    return 0;
}

if (!BenchOptions.TryParse(args, out var options, out var problem))
{
    Console.Error.WriteLine(problem);
    Console.Error.Write(BenchOptions.Usage);
    return 2;
}

if (options.List)
{
    foreach (var scenario in Scenario.All)
    {
        Console.WriteLine($"{scenario.Name,-10}{scenario.Summary}");
    }

    return 0;
}

var figures = new List<Figure>();
foreach (var scenario in options.Scenarios)
{
    Console.Error.WriteLine($"{scenario.Name}: {scenario.Summary}");
    await foreach (var figure in scenario.Measure(options))
    {
        Console.Error.WriteLine($"  {figure}");
        figures.Add(figure);
    }
}

Console.Error.WriteLine();
Console.Write(FigureTable.Format(figures));
if (options.JsonFile is { } file)
{
    await File.WriteAllBytesAsync(file, FigureJson.Format(figures, options.Quick));
}

return figures.All(figure => figure.IsReached) ? 0 : 1;
