namespace Flannel.Daemon.Ctl;

/// <summary>Rows in columns as wide as their longest text, two blanks between.</summary>
internal sealed class TextTable(params string[] header)
{
    private readonly List<string[]> _rows = [header];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter output)
    {
        var widths = new int[header.Length];
        foreach (var row in _rows)
        {
            for (var column = 0; column < row.Length; column++)
            {
                widths[column] = Math.Max(widths[column], row[column].Length);
            }
        }

        foreach (var row in _rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    /// <summary>What others wrote must not steer a terminal.</summary>
    public static string Printable(string text) =>
        text.Length == 0 ? "-" : new string(Array.ConvertAll(text.ToCharArray(), c => char.IsControl(c) ? '\ufffd' : c));
}
