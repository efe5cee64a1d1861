"""What the REST calls of the installation's operators have in common: lists that take their page's filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView

from organizations.api import InstallationAPI
from organizations.errors import Invalid
from users.models import Scope

View = type["InstallationListAPI"]


class InstallationListAPI(InstallationAPI, ListAPIView[Any]):
    scopes = {"GET": Scope.READ}
    filter_form: ClassVar[type[forms.Form]]
    rows: ClassVar[Callable[[Mapping[str, str]], QuerySet[Any]]]

    def get_queryset(self) -> Any:
        rows = type(self).rows
        if not self.request.auth:
            return rows({}).none()
        form = self.filter_form(self.request.query_params)
        if not form.is_valid():
            raise Invalid(fields={name: [str(each) for each in said] for name, said in form.errors.items()})
        return rows(form.cleaned_data)


def filtered_by(form: type[forms.Form]) -> Callable[[View], View]:
    """The list takes the fields of this form in its query, and the schema says so."""

    def decorate(view: View) -> View:
        view.filter_form = form
        parameters = [_parameter(name, field) for name, field in form.base_fields.items()]
        described: View = extend_schema_view(get=extend_schema(parameters=parameters))(view)
        return described

    return decorate


def _parameter(name: str, field: forms.Field) -> OpenApiParameter:
    choices = [value for value, _label in getattr(field, "choices", []) if value]
    return OpenApiParameter(name, str, enum=choices or None, description=str(field.label))
