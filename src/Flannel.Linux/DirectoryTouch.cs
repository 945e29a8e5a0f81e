namespace Flannel.Linux;

/// <summary>What a <see cref="DirectoryWatch"/> saw since it was last asked.</summary>
/// <param name="Names">The entries touched, in no order.</param>
/// <param name="IsLost">Events were lost: any entry may have been touched.</param>
/// <param name="IsGone">The directory was deleted, moved or unmounted, or the watch disposed: nothing more will come.</param>
public sealed record DirectoryTouch(IReadOnlySet<string> Names, bool IsLost, bool IsGone);
