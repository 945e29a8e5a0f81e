using Xunit;

namespace Flannel.EndToEndTests.Docker;

/// <inheritdoc/>
public sealed class DockerVxlanTests(VxlanPair pair) : DockerTests(pair), IClassFixture<VxlanPair>;
