using System.Diagnostics.CodeAnalysis;

[assembly: ExcludeFromCodeCoverage]
