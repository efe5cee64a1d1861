"""What REST says of lists, connectors and runs, and what it takes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audiences.identifiers import Kind as Identifier
from audiences.models import Batch, Connector, Dataset, Run
from audiences.reading import DELIMITERS, ENCODINGS
from audiences.telling import Telling
from linking.models import Account
from resources.models import Resource


class UploadBody(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="CSV or TXT, up to 1 GB")


class ColumnGuessSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    guess = serializers.CharField(help_text="phone, email, ifa, hashed, or empty")


class ListFactsSerializer(serializers.Serializer[Any]):
    encoding = serializers.CharField()
    encoding_is_sure = serializers.BooleanField()
    delimiter = serializers.CharField()
    has_header = serializers.BooleanField()
    newline = serializers.CharField()
    columns = ColumnGuessSerializer(many=True)


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    facts = ListFactsSerializer(read_only=True, help_text="How the file is probably read")

    class Meta:
        model = Dataset
        fields = ["id", "name", "byte_count", "facts", "uploaded_at", "expires_at", "erased_at"]


class DestinationBody(serializers.Serializer[Any]):
    """Either a new audience (`ad_account` and `name`) or an existing one (`resource`)."""

    ad_account = serializers.CharField(required=False, help_text="A… id or UUID of a linked LINE Ads account")
    name = serializers.CharField(required=False, max_length=120, help_text="Name of the new audience")
    resource = serializers.UUIDField(required=False, help_text="An audience of a linked LINE Ads account")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "resource" not in attrs and not {"ad_account", "name"} <= attrs.keys():
            raise serializers.ValidationError("Give ad_account and name, or resource.")
        return attrs


class ConnectorBody(serializers.Serializer[Any]):
    """Whatever is left out is guessed from the file."""

    name = serializers.CharField(max_length=120)
    dataset = serializers.UUIDField()
    destination = DestinationBody()
    mode = serializers.ChoiceField(Connector.Mode.choices, default=Connector.Mode.ADD)
    identifier = serializers.ChoiceField(Identifier.choices, required=False)
    hashed = serializers.BooleanField(required=False)
    encoding = serializers.ChoiceField(list(ENCODINGS), required=False)
    delimiter = serializers.ChoiceField(list(DELIMITERS), required=False)
    has_header = serializers.BooleanField(required=False)
    column = serializers.CharField(required=False, help_text="Position from 0, or the title in the heading")
    country = serializers.CharField(required=False, allow_blank=True, max_length=2)
    phone_form = serializers.ChoiceField(Account.PhoneForm.choices, required=False)
    landlines = serializers.BooleanField(required=False)
    confirm_name = serializers.CharField(
        required=False, help_text="The audience's name, to REPLACE one that was filled elsewhere"
    )


class DestinationSerializer(serializers.ModelSerializer[Resource]):
    resource = serializers.UUIDField(source="id", read_only=True)
    ad_account = serializers.CharField(source="owner_account.public_id", default="", read_only=True)

    class Meta:
        model = Resource
        fields = ["resource", "name", "ad_account", "line_id", "status", "size", "phone_form"]


class ConnectorSerializer(serializers.ModelSerializer[Connector]):
    destination = DestinationSerializer(read_only=True)
    hashed = serializers.BooleanField(source="is_hashed", read_only=True)
    landlines = serializers.BooleanField(source="sends_landlines", read_only=True)

    class Meta:
        model = Connector
        fields = [
            *("id", "name", "state", "dataset", "destination", "mode", "identifier", "hashed", "encoding"),
            *("delimiter", "has_header", "column", "country", "landlines", "created_at"),
        ]


class StartBody(serializers.Serializer[Any]):
    consent = serializers.BooleanField(default=False, help_text="The statement about the people on the list")
    send = serializers.BooleanField(default=False, help_text="Send without asking again once it is counted")


class RejectReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    explanation = serializers.CharField(source="label")
    count = serializers.IntegerField()


class FunnelSerializer(serializers.Serializer[Run]):
    """`rows` = `empty` + all of `invalid` + `duplicates` + `unique`."""

    rows = serializers.IntegerField()
    empty = serializers.IntegerField()
    invalid = serializers.DictField(
        source="invalid_reasons", child=serializers.IntegerField(), help_text="reason code: rows"
    )
    reasons = RejectReasonSerializer(
        source="reject_reasons", many=True, help_text="`invalid` in words, most frequent first"
    )
    duplicates = serializers.IntegerField()
    unique = serializers.IntegerField()
    parts = serializers.IntegerField(source="part_count")
    bytes = serializers.IntegerField(source="plan_bytes")


class ProgressSerializer(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    unit = serializers.CharField()


class BatchSerializer(serializers.ModelSerializer[Batch]):
    bytes = serializers.IntegerField(source="byte_count", read_only=True)

    class Meta:
        model = Batch
        fields = [
            *("epoch", "sequence", "operation", "rows", "bytes", "state", "attempts", "job_id"),
            *("accepted_at", "applied_at", "reason"),
        ]


class ConsentSerializer(serializers.Serializer[Run]):
    version = serializers.CharField(source="consent_version")
    at = serializers.DateTimeField(source="consent_at")


class RunSummarySerializer(serializers.ModelSerializer[Run]):
    url = serializers.SerializerMethodField(help_text="The run's page in the console")
    funnel = serializers.SerializerMethodField()
    destination = DestinationSerializer(read_only=True)

    class Meta:
        model = Run
        fields = [
            *("id", "connector", "state", "state_at", "reason", "url", "funnel", "destination"),
            *("created_at", "planned_at", "send_started_at", "sent_at", "finished_at"),
        ]

    @extend_schema_field(serializers.URLField())
    def get_url(self, run: Run) -> str:
        return f"{settings.SITE_URL}{reverse('audiences:run', args=[run.organization.code, run.pk])}"

    @extend_schema_field(FunnelSerializer(allow_null=True))
    def get_funnel(self, run: Run) -> Any:
        return None if run.rows is None else FunnelSerializer(run).data


class RunSerializer(RunSummarySerializer):
    what_happened = serializers.SerializerMethodField()
    what_to_do = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    consent = ConsentSerializer(source="*", read_only=True)
    batches = BatchSerializer(many=True, read_only=True)

    class Meta(RunSummarySerializer.Meta):
        fields = [
            *RunSummarySerializer.Meta.fields,
            *("what_happened", "what_to_do", "progress", "consent", "batches"),
        ]

    def get_what_happened(self, run: Run) -> str:
        return Telling(run).what_happened

    def get_what_to_do(self, run: Run) -> str:
        return Telling(run).what_to_do

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, run: Run) -> Any:
        progress = Telling(run).progress
        return None if progress is None else ProgressSerializer(progress).data
