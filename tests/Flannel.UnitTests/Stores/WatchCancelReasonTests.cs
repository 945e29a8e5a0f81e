using Flannel.Stores.Etcd;
using Xunit;

namespace Flannel.UnitTests.Stores;

public sealed class WatchCancelReasonTests
{
    [Theory]
    [InlineData("rpc error: code = PermissionDenied desc = etcdserver: permission denied", GrpcStatus.PermissionDenied, "etcdserver: permission denied")]
    [InlineData("rpc error: code = Unauthenticated desc = etcdserver: invalid auth token", GrpcStatus.Unauthenticated, "etcdserver: invalid auth token")]
    [InlineData("rpc error: code = Nonsense desc = x", GrpcStatus.Unavailable, "rpc error: code = Nonsense desc = x")]
    [InlineData("etcdserver: no leader", GrpcStatus.Unavailable, "etcdserver: no leader")]
    [InlineData("", GrpcStatus.Unavailable, "cancelled by the server")]
    public void The_text_of_a_Go_error_has_a_status_in_it(string text, GrpcStatus status, string reason) =>
        Assert.Equal((status, reason), EtcdClient.ReadCancelReason(text));
}
