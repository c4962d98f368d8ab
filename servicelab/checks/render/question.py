"""An item as its learner reads it, in Markdown."""

from servicelab.checks.items import Item
from servicelab.checks.variant import Variant


def question(item: Item, variant: Variant) -> str:
    """The question, the changed state if there is one, and the choices in this variant's order."""
    lines = [f"**{item.kind.capitalize()} `{item.id}`.** {variant.rendered(item.question)}"]
    case = item.case(variant)
    if case:
        lines.append(f"```yaml\n{case.strip()}\n```")
    listed = [
        f"- `{choice.id}`{f': {variant.rendered(choice.text)}' if choice.text else ''}"
        for choice in item.offered(variant)
    ]
    lines.append("\n".join(listed))
    return "\n\n".join(lines)
