using Xunit;

namespace Flannel.EndToEndTests.Docker;

/// <inheritdoc/>
public sealed class DockerHostGwTests(HostGwPair pair) : DockerTests(pair), IClassFixture<HostGwPair>;
