using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Lade.Generators;

/// <summary>C or JSON versions of the comments of a record: the summary, and those of its positional properties.</summary>
internal sealed class Documentation
{
    private readonly Dictionary<string, string> _parameters = [];
    private bool _ofJson;

    public string Summary { get; private set; } = "";

    public static Documentation Of(INamedTypeSymbol type, CancellationToken cancellation, bool ofJson = false)
    {
        var documentation = new Documentation { _ofJson = ofJson };
        if (Parse(type, cancellation) is not { } xml)
            return documentation;
        documentation.Summary = documentation.TextOf(xml.Element("summary"));
        foreach (XElement parameter in xml.Elements("param"))
            documentation._parameters[parameter.Attribute("name")!.Value] = documentation.TextOf(parameter);
        return documentation;
    }

    /// <summary>Comment of a property; a positional one is documented with its record.</summary>
    public static string Of(IPropertySymbol property, Documentation record, CancellationToken cancellation) =>
        record._parameters.TryGetValue(property.Name, out string? text) ? text : record.TextOf(Parse(property, cancellation)?.Element("summary"));

    private static XElement? Parse(ISymbol symbol, CancellationToken cancellation)
    {
        string? xml = symbol.GetDocumentationCommentXml(cancellationToken: cancellation);
        return string.IsNullOrEmpty(xml) ? null : XElement.Parse(xml);
    }

    private string TextOf(XElement? element) =>
        element is null ? "" : Regex.Replace(string.Concat(element.Nodes().Select(WordsOf)), @"\s+", " ").Trim().Replace("*/", "* /");

    private string WordsOf(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see => Referred(see.Attribute("cref")?.Value ?? ""),
        XElement { Name.LocalName: "c" } code => !_ofJson && Regex.IsMatch(code.Value, "^([A-Z][a-z]+)+$") ? Names.Snake(code.Value) : code.Value,
        XElement other => other.Value,
        _ => "",
    };

    /// <summary><c>T:Lade.Plan.Mount</c> becomes MOUNT, other members their name.</summary>
    private string Referred(string cref)
    {
        string name = cref.Substring(cref.LastIndexOf('.') + 1);
        if (_ofJson)
            return Names.Camel(name);
        name = Names.Snake(name);
        return cref.StartsWith("T:", System.StringComparison.Ordinal) ? name.ToUpperInvariant() : name;
    }
}
