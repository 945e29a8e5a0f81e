using System.CommandLine;
using Flannel.Leases;
using Flannel.Stores;

namespace Flannel.Daemon.Ctl;

/// <summary><c>flannelctl config get|set|check</c></summary>
internal sealed class ConfigCommands(CtlConsole console)
{
    public Command Build()
    {
        var command = new Command("config", "Reads and writes the network configuration.");
        var store = new StoreArguments(console, command);
        var format = new OutputFormat(command);
        command.Subcommands.Add(BuildGet(store));
        command.Subcommands.Add(BuildSet(store));
        command.Subcommands.Add(BuildCheck(store, format));
        return command;
    }

    /// <exception cref="StoreException">There is none.</exception>
    public static async Task<string> ReadAsync(ILeaseStore store, CancellationToken cancellationToken) =>
        await store.ReadConfigAsync(cancellationToken) ??
        throw new StoreException("there is no network configuration in the store; make one with flannelctl config set", isTransient: false);

    private Command BuildGet(StoreArguments arguments)
    {
        var command = new Command("get", "Prints the configuration as it stands in the store.");
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var store = arguments.Open(result);
            console.Output.WriteLine((await ReadAsync(store, cancellationToken)).TrimEnd());
        });
        return command;
    }

    private Command BuildSet(StoreArguments arguments)
    {
        var source = SourceArgument("the configuration: a file, the JSON text itself, or - for standard input", ArgumentArity.ExactlyOne);
        var command = new Command("set", "Checks a configuration and writes it to the store.") { source };
        command.SetAction(async (result, cancellationToken) =>
        {
            var text = await ReadSourceAsync(result.GetValue(source)!, cancellationToken);
            ConfigCheck.Parse(text);
            await using var store = arguments.OpenToChange(result, "the configuration is the key net-conf.json of the ConfigMap kube-flannel-cfg; change it with kubectl", mayMake: true);
            await store.WriteConfigAsync(text, cancellationToken);
            console.Output.WriteLine("The configuration is written.");
        });
        return command;
    }

    private Command BuildCheck(StoreArguments arguments, OutputFormat format)
    {
        var source = SourceArgument("the configuration: a file, the JSON text itself, or - for standard input; the store's when left out", ArgumentArity.ZeroOrOne);
        var command = new Command("check", "Checks a configuration and prints what it means, defaults included.") { source };
        command.SetAction(async (result, cancellationToken) =>
        {
            var summary = new ConfigSummary(ConfigCheck.Parse(await FindAsync(arguments, result, result.GetValue(source), cancellationToken)));
            if (format.IsJson(result))
            {
                console.Output.WriteLine(JsonText.Of(summary.Write));
            }
            else
            {
                summary.ToTable().Write(console.Output);
            }
        });
        return command;
    }

    private async Task<string> FindAsync(StoreArguments arguments, ParseResult result, string? source, CancellationToken cancellationToken)
    {
        if (source is not null)
        {
            return await ReadSourceAsync(source, cancellationToken);
        }

        await using var store = arguments.Open(result);
        return await ReadAsync(store, cancellationToken);
    }

    private Task<string> ReadSourceAsync(string source, CancellationToken cancellationToken) =>
        source == "-" ? console.Input.ReadToEndAsync(cancellationToken)
        : source.AsSpan().TrimStart().StartsWith('{') ? Task.FromResult(source)
        : File.ReadAllTextAsync(source, cancellationToken);

    private static Argument<string?> SourceArgument(string description, ArgumentArity arity) =>
        new("source") { Description = description, Arity = arity };
}
