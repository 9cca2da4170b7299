namespace Lade.Configuration;

/// <summary>One thing wrong with a document: where, what, and what is allowed.</summary>
internal sealed record ConfigProblem(JsonPointer Pointer, string Message)
{
    public override string ToString() => Pointer.IsNone ? Message : Pointer + ": " + Message;
}
