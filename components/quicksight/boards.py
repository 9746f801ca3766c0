"""The three dashboards of the shop, and the definition that QuickSight makes of one.

Money of different currencies is never added: a dashboard shows one currency at a time, chosen in a
control. What repeats on a campaign's rows, or is a count of different customers, is never summed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.quicksight.questions import (
    CAMPAIGN_PERFORMANCE,
    NEW_VS_RETURNING,
    SALES_BY_CHANNEL,
    SALES_BY_DAY,
    Question,
)
from components.quicksight.visuals import Json, Measure, Visual, as_json, column_of, layout

CURRENCY = "Currency"


@dataclass(frozen=True, kw_only=True)
class Board:
    """A dashboard: one sheet of visuals."""

    id: str
    title: str
    visuals: Sequence[Visual]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Each once, in order of first use."""
        return tuple({visual.question.name: visual.question for visual in self.visuals}.values())


ORDERS, REVENUE = Measure(column="orders"), Measure(column="revenue")

CHANNELS = Board(
    id="sales-by-channel",
    title="Sales by channel: online against physical",
    visuals=(
        Visual(
            kind="number",
            id="revenue",
            title="Revenue, net of returns",
            question=SALES_BY_CHANNEL,
            values=(REVENUE,),
        ),
        Visual(
            kind="number",
            id="orders",
            title="Orders without returns",
            question=SALES_BY_CHANNEL,
            values=(ORDERS,),
        ),
        Visual(
            kind="bars",
            id="online-or-physical",
            title="Revenue, online against physical",
            question=SALES_BY_CHANNEL,
            along="channel_type",
            split="channel",
            values=(REVENUE,),
        ),
        Visual(
            kind="table",
            id="channels",
            title="By channel",
            question=SALES_BY_CHANNEL,
            along="channel_type",
            split="channel",
            values=(ORDERS, Measure(column="units"), REVENUE),
        ),
        Visual(
            kind="lines",
            id="days",
            title="Revenue by day (UTC)",
            question=SALES_BY_DAY,
            along="day",
            split="channel",
            values=(REVENUE,),
            wide=True,
        ),
    ),
)

# They repeat on each of a campaign's currency rows.
REACHED = tuple(Measure(column=step, by="MAX") for step in ("visits", "carts", "checkouts"))

CAMPAIGNS = Board(
    id="campaign-performance",
    title="Campaigns, from visit to order",
    visuals=(
        Visual(
            kind="bars",
            id="steps",
            title="Visits, carts, checkouts and orders",
            question=CAMPAIGN_PERFORMANCE,
            along="campaign",
            values=(*REACHED, ORDERS),
        ),
        Visual(
            kind="bars",
            id="conversion",
            title="Visits that ordered, in percent",
            question=CAMPAIGN_PERFORMANCE,
            along="campaign",
            values=(Measure(column="conversion_pct", by="MAX"),),
        ),
        Visual(
            kind="bars",
            id="revenue",
            title="Revenue, net of returns",
            question=CAMPAIGN_PERFORMANCE,
            along="campaign",
            values=(REVENUE,),
        ),
        Visual(
            kind="table",
            id="campaigns",
            title="By campaign",
            question=CAMPAIGN_PERFORMANCE,
            along="campaign",
            values=(*REACHED, ORDERS, Measure(column="conversion_pct", by="MAX"), REVENUE),
        ),
    ),
)

# Different customers of a day; over several days one of them would count twice.
CUSTOMERS = Measure(column="customers", by="MAX")

CUSTOMER_TYPES = Board(
    id="new-vs-returning",
    title="Customers, new against returning",
    visuals=(
        Visual(
            kind="lines",
            id="customers",
            title="Customers by day (UTC)",
            question=NEW_VS_RETURNING,
            along="day",
            split="customer_type",
            values=(CUSTOMERS,),
            wide=True,
        ),
        Visual(
            kind="bars",
            id="revenue",
            title="Revenue, net of returns",
            question=NEW_VS_RETURNING,
            along="customer_type",
            values=(REVENUE,),
        ),
        Visual(
            kind="bars",
            id="orders",
            title="Orders without returns",
            question=NEW_VS_RETURNING,
            along="customer_type",
            values=(ORDERS,),
        ),
        Visual(
            kind="table",
            id="days",
            title="By day",
            question=NEW_VS_RETURNING,
            along="day",
            split="customer_type",
            values=(CUSTOMERS, ORDERS, REVENUE),
            wide=True,
        ),
    ),
)

BOARDS = (CHANNELS, CAMPAIGNS, CUSTOMER_TYPES)


def definition(board: Board, data_set_arns: Mapping[str, str], *, currency: str) -> Json:
    """The definition of the dashboard, and of the analysis that authors start from.

    `data_set_arns` by name of the question; `currency` is the one that is shown first.
    """
    return {
        "DataSetIdentifierDeclarations": [
            {"Identifier": question.id, "DataSetArn": data_set_arns[question.name]}
            for question in board.questions
        ],
        "ParameterDeclarations": [
            {
                "StringParameterDeclaration": {
                    "Name": CURRENCY,
                    "ParameterValueType": "SINGLE_VALUED",
                    "DefaultValues": {"StaticValues": [currency]},
                }
            }
        ],
        "FilterGroups": [_one_currency(board, question) for question in board.questions],
        "Sheets": [
            {
                "SheetId": board.id,
                "Name": board.title,
                "ParameterControls": [_choice(board.questions[0])],
                "Visuals": [as_json(visual) for visual in board.visuals],
                "Layouts": [{"Configuration": {"GridLayout": {"Elements": layout(board.visuals)}}}],
            }
        ],
    }


def _choice(question: Question) -> Json:
    return {
        "Dropdown": {
            "ParameterControlId": "currency",
            "Title": CURRENCY,
            "SourceParameterName": CURRENCY,
            "Type": "SINGLE_SELECT",
            "SelectableValues": {"LinkToDataSetColumn": column_of(question, "currency")},
        }
    }


def _one_currency(board: Board, question: Question) -> Json:
    return {
        "FilterGroupId": f"currency-of-{question.id}",
        "Filters": [
            {
                "CategoryFilter": {
                    "FilterId": f"one-currency-of-{question.id}",
                    "Column": column_of(question, "currency"),
                    "Configuration": {
                        "CustomFilterConfiguration": {
                            "MatchOperator": "EQUALS",
                            "ParameterName": CURRENCY,
                            # A campaign that sold nothing has no currency, and is to be seen.
                            "NullOption": "ALL_VALUES",
                        }
                    },
                }
            }
        ],
        "ScopeConfiguration": {
            "SelectedSheets": {
                "SheetVisualScopingConfigurations": [{"SheetId": board.id, "Scope": "ALL_VISUALS"}]
            }
        },
        "Status": "ENABLED",
        "CrossDataset": "SINGLE_DATASET",
    }
