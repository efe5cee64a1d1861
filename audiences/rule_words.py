"""The words of rules, as LINE writes them and as people read them."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Visit(TextChoices):
    ALL = "VISIT_ALL", _("All visitors")
    PAGES = "URL_MATCHING", _("Visitors of certain pages")
    EVENT = "EVENT_MATCHING", _("Visitors with certain events")


class TagEvent(TextChoices):
    CONVERSION = "CONVERSION_EVENT", _("Conversion")
    CUSTOM = "CUSTOM_EVENT", _("Custom event")


class UrlTest(TextChoices):
    EQUAL = "EQUAL_TO", _("is exactly")
    CONTAIN = "CONTAIN", _("contains")
    NOT_CONTAIN = "NOT_CONTAIN", _("does not contain")


class AppAction(TextChoices):
    INSTALL = "INSTALL", _("Installed the app")
    OPEN = "OPEN", _("Opened the app")
    ADD_TO_CART = "ADD_TO_CART", _("Put something into the cart")
    PURCHASE = "PURCHASE", _("Bought something")
    VIEW_HOME = "VIEW_HOME", _("Looked at the home screen")
    VIEW_CATEGORY = "VIEW_CATEGORY", _("Looked at a category")
    VIEW_ITEM = "VIEW_ITEM", _("Looked at an item")
    SEARCH = "SEARCH", _("Searched")
    LEVEL_ACHIEVED = "LEVEL_ACHIEVED", _("Reached a level")
    TUTORIAL_COMPLETE = "TUTORIAL_COMPLETE", _("Finished the tutorial")
    CUSTOM = "CUSTOM", _("An event of the app's own")


class AppParameter(TextChoices):
    CATEGORY_IDS = "CATEGORY_IDS", _("Category ID")
    ITEM_IDS = "ITEM_IDS", _("Item ID")
    ITEM_PRICE = "ITEM_PRICE", _("Price")
    ITEM_QUANTITY = "ITEM_QUANTITY", _("Quantity")
    SEARCH_KEYWORDS = "SEARCH_KEYWORDS", _("Search words")
    LEVEL_IDS = "LEVEL_IDS", _("Level ID")
    DATA = "DATA", _("Data")
    EVENT_NAMES = "EVENT_NAMES", _("Event name")


class AppTest(TextChoices):
    EQUAL = "EQUAL_TO", _("is exactly")
    NOT_EQUAL = "NOT_EQUAL_TO", _("is not")
    CONTAIN = "CONTAIN", _("contains")
    NOT_CONTAIN = "NOT_CONTAIN", _("does not contain")
    PREFIX = "PREFIX", _("begins with")
    SUFFIX = "SUFFIX", _("ends with")
    GREATER = "GREATER_THAN", _("is greater than")
    LESS = "LESS_THAN", _("is less than")
    AT_LEAST = "GREATER_THAN_OR_EQ", _("is at least")
    AT_MOST = "LESS_THAN_OR_EQ", _("is at most")


class Friends(TextChoices):
    ACTIVE = "ACTIVE", _("Friends")
    BLOCKED = "BLOCKED", _("People who blocked the account")


class VideoEvent(TextChoices):
    CLICK = "CLICK", _("Clicked the video")
    START = "PLAY_START", _("Began to play it")
    SECONDS_3 = "VIDEO_PLAY_3S", _("Watched 3 seconds")
    QUARTER = "VIDEO_PLAY_25P", _("Watched 25 %")
    HALF = "VIDEO_PLAY_50P", _("Watched 50 %")
    THREE_QUARTERS = "VIDEO_PLAY_75P", _("Watched 75 %")
    NEARLY = "VIDEO_PLAY_95P", _("Watched 95 %")
    COMPLETED = "VIDEO_PLAY_COMPLETED", _("Watched it to the end")
