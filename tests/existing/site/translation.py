"""The fields that django-modeltranslation keeps in each language; it looks for this module."""

from __future__ import annotations

from modeltranslation.translator import TranslationOptions, register

from tests.existing.site.models.orders import TranslatedFirst, TranslatedLast


@register([TranslatedFirst, TranslatedLast])
class NameOptions(TranslationOptions):
    fields = ("name",)
