"""What many lists have alike is made once: the words of a line, which hold no date and no answer of a person."""

from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
MOST = (
    4_000  # of each place in a template: far more than the lines that are in force, in the ways in which they are said
)


class Once(Node):
    """What stands in it, made once for each value of what it is made from, and for each language."""

    def __init__(self, nodelist: NodeList, made_from: list[FilterExpression]) -> None:
        self.nodelist, self.made_from = nodelist, made_from
        self.made: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        key = (get_language(), *(one.resolve(context, ignore_failures=True) for one in self.made_from))
        said = self.made.get(key)
        if said is None:
            if len(self.made) >= MOST:
                self.made.clear()
            said = self.made[key] = self.nodelist.render(context)
        return said


@register.tag
def once(parser: Parser, token: Token) -> Once:
    """`{% once entry.item entry.state %}...{% endonce %}`: names all that it is made from. It has to be data that never
    changes, and nobody's own."""
    made_from = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return Once(nodelist, made_from)
