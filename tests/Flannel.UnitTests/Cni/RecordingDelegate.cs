using Flannel.Testing;

namespace Flannel.UnitTests.Cni;

/// <summary>A plugin that is a shell script: it writes down what it is told, and answers with a document and an exit code that the test sets.</summary>
internal sealed class RecordingDelegate
{
    private readonly string _type;

    public RecordingDelegate(string type = "bridge")
    {
        _type = type;
        var program = Path.Combine(Folder, type);
        File.WriteAllText(program, $"""
            #!/bin/sh
            cat >'{Folder}/stdin'
            env | grep ^CNI_ | sort >'{Folder}/environment'
            echo "$CNI_COMMAND" >>'{Folder}/commands'
            cat '{Folder}/stderr' >&2
            cat '{Folder}/stdout'
            exit "$(cat '{Folder}/exit')"
            """);
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
        Answer("", 0);
    }

    /// <summary>What <c>CNI_PATH</c> has to be.</summary>
    public string Folder { get; } = Scratch.NewFolder("cni-bin");

    public string Input => File.ReadAllText(Path.Combine(Folder, "stdin"));

    public string[] Environment => File.ReadAllLines(Path.Combine(Folder, "environment"));

    public string[] Commands => Path.Combine(Folder, "commands") is var file && File.Exists(file) ? File.ReadAllLines(file) : [];

    public void Answer(string output, int exitCode, string error = "")
    {
        File.WriteAllText(Path.Combine(Folder, "stdout"), output);
        File.WriteAllText(Path.Combine(Folder, "stderr"), error);
        File.WriteAllText(Path.Combine(Folder, "exit"), $"{exitCode}");
    }

    public override string ToString() => Path.Combine(Folder, _type);
}
