using System.Text.Json;

namespace Flannel.Stores.Kube;

/// <summary>
/// Reads nodes out of JSON that comes in pieces: a NodeList, a stream of watch events, or one Node. Keeps what a <see cref="KubeNode"/> has and passes over the rest as
/// bytes, so the memory it needs is that of the longest single string. Unknown fields, and known ones of an unexpected kind, are passed over too.
/// </summary>
internal sealed partial class NodeParser
{
    private const int Deepest = 8;

    // As deep as the server itself reads. What is passed over costs one bit a level.
    private const int DeepestIgnored = 10_000;

    private readonly Part _root;
    private readonly bool _isWhole;
    private readonly KubeAnnotationFilter _filter;
    private readonly AnnotationNames _names = new();
    private readonly Part[] _open = new Part[Deepest];
    private JsonReaderState _state = new(new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = DeepestIgnored });
    private int _depth;
    private int _ignored;
    private Part _next;

    private NodeParser(Part root, bool isWhole, KubeAnnotationFilter filter) => (_root, _isWhole, _filter, _next) = (root, isWhole, filter, root);

    /// <summary>Tells each node as <see cref="KubeNodeEventType.Listed"/>; afterwards <see cref="ResourceVersion"/> and <see cref="Continue"/> are the list's.</summary>
    public static NodeParser OfList(KubeAnnotationFilter filter) => new(Part.List, isWhole: true, filter);

    public static NodeParser OfWatch(KubeAnnotationFilter filter) => new(Part.Event, isWhole: false, filter);

    /// <summary>Tells one node as <see cref="KubeNodeEventType.Listed"/>.</summary>
    /// <param name="isWhole">Whether more than its metadata was asked for.</param>
    /// <param name="filter">The annotations to keep.</param>
    public static NodeParser OfNode(bool isWhole, KubeAnnotationFilter filter) => new(Part.Node, isWhole, filter);

    /// <summary>Whether whatever was begun has ended too.</summary>
    public bool IsBetweenValues => _depth == 0 && _ignored == 0;

    /// <summary>Of the list that has just been read; empty when it had none.</summary>
    public string ResourceVersion { get; private set; } = "";

    /// <summary>What the next page is asked for with; empty on the last one.</summary>
    public string Continue { get; private set; } = "";

    /// <summary>What the server told of an error in a watch; null for none. Nothing that follows has a meaning.</summary>
    public KubeStatus? Failure { get; private set; }

    /// <summary>Reads on.</summary>
    /// <param name="data">What the last call left unread, and what has come since.</param>
    /// <param name="told">Takes what is complete.</param>
    /// <returns>How many bytes have been read.</returns>
    /// <exception cref="JsonException">This is no JSON, or not what was expected.</exception>
    public int Parse(ReadOnlySpan<byte> data, List<KubeNodeEvent> told)
    {
        var reader = new Utf8JsonReader(data, isFinalBlock: false, _state);
        try
        {
            while (Failure is null && reader.Read())
            {
                Step(ref reader, told);
            }
        }
        catch (InvalidOperationException exception)
        {
            // How the reader reports a string that is not UTF-8.
            throw new JsonException(exception.Message, exception);
        }

        _state = reader.CurrentState;
        return (int)reader.BytesConsumed;
    }

    private void Step(ref Utf8JsonReader reader, List<KubeNodeEvent> told)
    {
        var isStart = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
        var isEnd = reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray;
        if (_ignored > 0)
        {
            _ignored += isStart ? 1 : isEnd ? -1 : 0;
        }
        else if (reader.TokenType == JsonTokenType.PropertyName)
        {
            _next = NameOf(_open[_depth - 1], ref reader);
        }
        else if (isStart)
        {
            Begin(Expected(), isArray: reader.TokenType == JsonTokenType.StartArray);
        }
        else if (isEnd)
        {
            End(_open[--_depth], told);
        }
        else
        {
            TakeScalar(Expected(), ref reader);
        }
    }

    // Elements of an array have no name of their own.
    private Part Expected() => _depth == 0 ? _root : _open[_depth - 1] switch
    {
        Part.Items => Part.Node,
        Part.Writers => Part.Writer,
        Part.PodCidrs => Part.PodCidr,
        _ => _next,
    };

    private void Begin(Part part, bool isArray)
    {
        var isKnown = isArray ? part is Part.Items or Part.PodCidrs or Part.Writers : part is Part.List or Part.Event or Part.Node or Part.ListMetadata
            or Part.Metadata or Part.Annotations or Part.Writer or Part.Written or Part.WrittenSpec or Part.Spec or Part.Details;
        if (!isKnown)
        {
            _ignored = _depth > 0 ? 1 : throw new JsonException("the answer is no object");
            return;
        }

        _open[_depth++] = part;
        switch (part)
        {
            case Part.List:
                (ResourceVersion, Continue) = ("", "");
                break;
            case Part.Event:
                (_type, _isError, _hasObject) = (null, false, false);
                break;
            case Part.Node:
                Forget();
                break;
            case Part.Spec:
                (_podCidr, _podCidrs) = ("", null);
                break;
            case Part.PodCidrs:
                _podCidrs = null;
                break;
        }
    }

    private void End(Part part, List<KubeNodeEvent> told)
    {
        if (part == Part.Event)
        {
            EndEvent(told);
        }
        else if (part == Part.Node && _depth > 0 && _open[_depth - 1] == Part.Event)
        {
            _hasObject = true;
        }
        else if (part == Part.Node)
        {
            // A whole node may have no spec.
            _podCidr ??= _isWhole ? "" : null;
            told.Add(new KubeNodeEvent(KubeNodeEventType.Listed, NewNode(isNamed: true)));
        }
    }

    private void EndEvent(List<KubeNodeEvent> told)
    {
        if (!_hasObject)
        {
            throw new JsonException("a watch event has no object");
        }

        if (_isError)
        {
            Failure = _status;
        }
        else
        {
            var type = _type ?? throw new JsonException("a watch event is of no known type");
            told.Add(new KubeNodeEvent(type, NewNode(isNamed: type != KubeNodeEventType.Bookmark)));
        }
    }
}
