"""Forms of audiences that LINE fills by a rule, one for each kind."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audiences.audience_forms import NO_CHOICE, AudienceForm
from audiences.audience_rules import (
    HIGHEST_PERCENT,
    LARGEST_NUMBER,
    LONGEST_DAYS,
    LONGEST_VIDEO_DAYS,
    AccountFriends,
    AppEvent,
    ImageClick,
    Lookalike,
    Rule,
    VideoView,
    WebTraffic,
    sources_for,
    tags_for,
)
from audiences.rule_words import (
    AppAction,
    AppParameter,
    AppTest,
    Friends,
    TagEvent,
    UrlTest,
    VideoEvent,
    Visit,
)
from linking.models import Account
from organizations.names import plain
from resources.models import Resource

MOST_SOURCES = 500  # audiences that the form lists; REST takes any
DAYS = gettext_lazy("How many days back")
DAYS_HINT = gettext_lazy("1 to 180.")
VIDEO_DAYS_HINT = gettext_lazy("1 to 30 for performance ads.")


def days_field(most: int = LONGEST_DAYS) -> forms.IntegerField:
    hint = DAYS_HINT if most == LONGEST_DAYS else VIDEO_DAYS_HINT
    return forms.IntegerField(label=DAYS, help_text=hint, min_value=1, max_value=most, initial=30)


def number_field(**more: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=1, max_value=LARGEST_NUMBER, **more)


class WebTrafficForm(AudienceForm):
    condition_count = 3
    conditions_hint = gettext_lazy(
        "Only for visitors of certain pages or with certain events. All conditions must hold; of the lines "
        "of one condition, one is enough. A page has one address, so two conditions “is exactly” never hold "
        "together: put several whole addresses into one condition."
    )

    visits = forms.ChoiceField(
        label=gettext_lazy("Whom it holds"),
        choices=Visit.choices,
        initial=Visit.ALL,
        widget=forms.RadioSelect,
    )
    days = days_field()
    tag = forms.ModelChoiceField(
        label=gettext_lazy("LINE Tag"),
        queryset=Resource.objects.none(),
        required=False,
        empty_label=gettext_lazy("The ad account's own tag"),
        help_text=gettext_lazy("A tag that is shared with the account tells of visits, not of events."),
    )
    event = forms.ChoiceField(
        label=gettext_lazy("Event"),
        choices=[NO_CHOICE, *TagEvent.choices],
        required=False,
        help_text=gettext_lazy("Only for visitors with certain events."),
    )
    custom_event = forms.CharField(
        label=gettext_lazy("Name of the custom event"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Exactly as the code on the page has it."),
    )

    def __init__(self, data: Any = None, *, account: Account) -> None:
        super().__init__(data, account=account)
        field = self.fields["tag"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  it is declared above
        field.queryset = tags_for(account).exclude(owner_account=account)
        self.add_conditions(UrlTest.choices)

    def rule(self) -> Rule:
        names = ("visits", "days", "tag", "event", "custom_event")
        return WebTraffic(conditions=self.conditions(), **{name: self.cleaned_data[name] for name in names})


class LookalikeForm(AudienceForm):
    source = forms.ChoiceField(
        label=gettext_lazy("Built on"),
        help_text=gettext_lazy(
            "Available audiences of at least 100 people, the account's own and those shared with it."
        ),
    )
    percent = forms.TypedChoiceField(
        label=gettext_lazy("Size"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=gettext_lazy("Smaller is more alike, larger reaches more people. LINE needs up to a day."),
    )

    def __init__(self, data: Any = None, *, account: Account) -> None:
        super().__init__(data, account=account)
        self.sources = {str(each.pk): each for each in sources_for(account)[:MOST_SOURCES]}
        self._offer("source", [NO_CHOICE, *((pk, _named(each)) for pk, each in self.sources.items())])
        sizes = [(str(percent), _share(percent)) for percent in range(1, HIGHEST_PERCENT + 1)]
        self._offer("percent", [("", _("as LINE chooses")), *sizes])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  it is declared above
        field.choices = choices

    def rule(self) -> Rule:
        source = self.sources[self.cleaned_data["source"]]
        return Lookalike(source, self.cleaned_data["percent"])


class AppEventForm(AudienceForm):
    condition_count = 2
    conditions_hint = gettext_lazy(
        "Without conditions, everybody who did it. All conditions must hold; of the lines of one condition, "
        "one is enough."
    )

    app = number_field(
        label=gettext_lazy("ID of the app"),
        help_text=gettext_lazy("As LINE Ad Manager shows it. Left empty, every app of the account counts."),
        required=False,
    )
    action = forms.ChoiceField(label=gettext_lazy("Action in the app"), choices=AppAction.choices)
    days = days_field()

    def __init__(self, data: Any = None, *, account: Account) -> None:
        super().__init__(data, account=account)
        self.add_conditions(AppTest.choices, AppParameter.choices)

    def rule(self) -> Rule:
        entered = self.cleaned_data
        return AppEvent(entered["action"], entered["days"], entered["app"], self.conditions())


class FriendsForm(AudienceForm):
    friends = forms.ChoiceField(
        label=gettext_lazy("Whom it holds"),
        choices=Friends.choices,
        initial=Friends.ACTIVE,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Of the LINE Official Account that belongs to the ad account."),
    )

    def rule(self) -> Rule:
        return AccountFriends(self.cleaned_data["friends"])


class VideoViewForm(AudienceForm):
    video = number_field(
        label=gettext_lazy("ID of the video"),
        help_text=gettext_lazy("As LINE Ad Manager shows it in the media library."),
    )
    event = forms.ChoiceField(label=gettext_lazy("Event"), choices=VideoEvent.choices)
    days = days_field(LONGEST_VIDEO_DAYS)

    def rule(self) -> Rule:
        return VideoView(**{name: self.cleaned_data[name] for name in ("event", "video", "days")})


class ImageClickForm(AudienceForm):
    campaign = number_field(
        label=gettext_lazy("ID of the campaign"), help_text=gettext_lazy("As LINE Ad Manager shows it.")
    )
    days = days_field()

    def rule(self) -> Rule:
        return ImageClick(self.cleaned_data["campaign"], self.cleaned_data["days"])


def _named(source: Resource) -> str:
    size = "" if source.size == "-" else source.size
    return " · ".join(filter(None, [plain(source.name), str(source.get_kind_display()), size]))


def _share(percent: int) -> str:
    return _("%(percent)s %% of LINE's users") % {"percent": percent}
