using System.Buffers;
using System.Text.Json;

namespace Flannel.Stores.Kube;

internal sealed partial class NodeParser
{
    private const string ErrorType = "ERROR";

    private KubeNodeEventType? _type;
    private bool _isError;
    private bool _hasObject;
    private string _name = "";
    private string _uid = "";
    private string _version = "";
    private DateTimeOffset _created;
    private string? _podCidr;
    private List<string>? _podCidrs;
    private bool _saysItHasPodCidr;
    private Dictionary<string, string>? _annotations;
    private string _annotation = "";
    private int _annotationNumber;
    private KubeStatus _status;

    /// <summary>What a value is, by the names on the way to it.</summary>
    private enum Part : byte
    {
        Ignored,
        List,
        Items,
        ListMetadata,
        ListVersion,
        Continue,
        Event,
        Type,
        Node,
        Metadata,
        Name,
        Uid,
        Version,
        Created,
        Annotations,
        Annotation,
        Writers,
        Writer,
        Written,
        WrittenSpec,
        Spec,
        PodCidr,
        PodCidrs,
        Code,
        Reason,
        Message,
        Details,
        RetryAfter,
    }

    private Part NameOf(Part parent, ref Utf8JsonReader reader) => parent switch
    {
        Part.Annotations => AnnotationOf(ref reader),
        Part.List => reader.ValueTextEquals("items"u8) ? Part.Items : reader.ValueTextEquals("metadata"u8) ? Part.ListMetadata : Part.Ignored,
        Part.ListMetadata => reader.ValueTextEquals("resourceVersion"u8) ? Part.ListVersion : reader.ValueTextEquals("continue"u8) ? Part.Continue : Part.Ignored,
        Part.Event => reader.ValueTextEquals("type"u8) ? Part.Type : reader.ValueTextEquals("object"u8) ? Part.Node : Part.Ignored,
        Part.Node => NodePartOf(ref reader),
        Part.Metadata => MetadataPartOf(ref reader),
        Part.Spec => reader.ValueTextEquals("podCIDR"u8) ? Part.PodCidr : reader.ValueTextEquals("podCIDRs"u8) ? Part.PodCidrs : Part.Ignored,
        Part.Writer => reader.ValueTextEquals("fieldsV1"u8) ? Part.Written : Part.Ignored,
        Part.Written => reader.ValueTextEquals("f:spec"u8) ? Part.WrittenSpec : Part.Ignored,
        Part.WrittenSpec => WrittenSpecPartOf(ref reader),
        Part.Details => reader.ValueTextEquals("retryAfterSeconds"u8) ? Part.RetryAfter : Part.Ignored,
        _ => Part.Ignored,
    };

    // The last four are of a Status, which is where the node would be when a watch fails.
    private static Part NodePartOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("metadata"u8) ? Part.Metadata
        : reader.ValueTextEquals("spec"u8) ? Part.Spec
        : reader.ValueTextEquals("code"u8) ? Part.Code
        : reader.ValueTextEquals("reason"u8) ? Part.Reason
        : reader.ValueTextEquals("message"u8) ? Part.Message
        : reader.ValueTextEquals("details"u8) ? Part.Details
        : Part.Ignored;

    private Part MetadataPartOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("name"u8) ? Part.Name
        : reader.ValueTextEquals("uid"u8) ? Part.Uid
        : reader.ValueTextEquals("resourceVersion"u8) ? Part.Version
        : reader.ValueTextEquals("creationTimestamp"u8) ? Part.Created
        : reader.ValueTextEquals("annotations"u8) ? Part.Annotations
        : !_isWhole && reader.ValueTextEquals("managedFields"u8) ? Part.Writers
        : Part.Ignored;

    // Names only: the server keeps who wrote which fields, not what.
    private Part WrittenSpecPartOf(ref Utf8JsonReader reader)
    {
        _saysItHasPodCidr |= reader.ValueTextEquals("f:podCIDR"u8);
        return Part.Ignored;
    }

    private Part AnnotationOf(ref Utf8JsonReader reader)
    {
        if (!(reader.ValueIsEscaped ? PassesUnescaped(ref reader) : _filter.Passes(reader.ValueSpan)))
        {
            return Part.Ignored;
        }

        _annotation = _names.Name(ref reader, out _annotationNumber);
        return Part.Annotation;
    }

    // No legal name has an escape, and yet a server may write any character as one.
    private bool PassesUnescaped(ref Utf8JsonReader reader)
    {
        var name = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return _filter.Passes(name.AsSpan(0, reader.CopyString(name)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(name);
        }
    }

    private void TakeScalar(Part part, ref Utf8JsonReader reader)
    {
        if (_depth == 0)
        {
            throw new JsonException("the answer is no object");
        }

        if (reader.TokenType == JsonTokenType.String)
        {
            TakeText(part, ref reader);
        }
        else if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number))
        {
            _status = part switch
            {
                Part.Code => _status with { Code = number },
                Part.RetryAfter => _status with { RetryAfterSeconds = number },
                _ => _status,
            };
        }
    }

    private void TakeText(Part part, ref Utf8JsonReader reader)
    {
        switch (part)
        {
            case Part.Annotation:
                (_annotations ??= new Dictionary<string, string>(StringComparer.Ordinal))[_annotation] = _names.Value(ref reader, _annotationNumber);
                break;
            case Part.Name:
                _name = reader.GetString()!;
                break;
            case Part.Uid:
                _uid = reader.GetString()!;
                break;
            case Part.Version:
                _version = reader.GetString()!;
                break;
            case Part.Created:
                _ = reader.TryGetDateTimeOffset(out _created);
                break;
            case Part.PodCidr when _open[_depth - 1] == Part.PodCidrs:
                (_podCidrs ??= []).Add(reader.GetString()!);
                break;
            case Part.PodCidr:
                _podCidr = reader.GetString()!;
                break;
            case Part.ListVersion:
                ResourceVersion = reader.GetString()!;
                break;
            case Part.Continue:
                Continue = reader.GetString()!;
                break;
            case Part.Type:
                _isError = reader.ValueTextEquals(ErrorType);
                _type = TypeOf(ref reader);
                break;
            case Part.Reason:
                _status = _status with { Reason = reader.GetString()! };
                break;
            case Part.Message:
                _status = _status with { Message = reader.GetString()! };
                break;
        }
    }

    private static KubeNodeEventType? TypeOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("MODIFIED"u8) ? KubeNodeEventType.Modified
        : reader.ValueTextEquals("ADDED"u8) ? KubeNodeEventType.Added
        : reader.ValueTextEquals("DELETED"u8) ? KubeNodeEventType.Deleted
        : reader.ValueTextEquals("BOOKMARK"u8) ? KubeNodeEventType.Bookmark
        : null;

    private void Forget()
    {
        (_name, _uid, _version, _podCidr, _podCidrs, _annotations) = ("", "", "", null, null, null);
        (_created, _status, _saysItHasPodCidr) = (default, default, false);
    }

    private KubeNode NewNode(bool isNamed) => _name.Length == 0 && isNamed
        ? throw new JsonException("a node has no name")
        : new KubeNode(_name, _uid, _version, _annotations ?? KubeNode.NoAnnotations)
        {
            CreatedAt = _created,
            SaysItHasPodCidr = _saysItHasPodCidr,
            PodCidr = _podCidr,
            PodCidrs = _podCidrs ?? (IReadOnlyList<string>)[],
        };
}
