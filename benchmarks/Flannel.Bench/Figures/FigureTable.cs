using System.Text;

namespace Flannel.Bench.Figures;

/// <summary>The figures as a table for people, which is also Markdown.</summary>
internal static class FigureTable
{
    public static string Format(IReadOnlyList<Figure> figures)
    {
        IReadOnlyList<string[]> rows =
        [
            ["figure", "measured", "bar", "", "original"],
            .. figures.Select(figure => new[] { figure.Name, figure.Value.ToString(), figure.Bar?.ToString() ?? "", figure.Verdict, figure.Original }),
        ];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => Math.Max(3, rows.Max(row => row[column].Length))).ToArray();
        var text = new StringBuilder();
        foreach (var (index, row) in rows.Index())
        {
            text.AppendLine($"| {string.Join(" | ", row.Select((cell, column) => cell.PadRight(widths[column])))} |");
            if (index == 0)
            {
                text.AppendLine($"| {string.Join(" | ", widths.Select(width => new string('-', width)))} |");
            }
        }

        return text.ToString();
    }
}
