"""The tests' project with other people's packages, all of them in one.

A test module of its own for each package; its models stand in `site/models/<package>.py`, which is
found there, and its sheets beside its tests. A package that wants a setting adds it below.
"""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, MIDDLEWARE

SECRET_KEY = "only for the tests, and as long as a token wants it"
PACKAGES = [
    "auditlog",
    "django_countries",
    "django_fsm",
    "djmoney",
    "guardian",
    "mptt",
    "ordered_model",
    "phonenumber_field",
    "polymorphic",
    "reversion",
    "rest_framework_simplejwt",
    "safedelete",
    "taggit",
    "treebeard",
]
INSTALLED_APPS = [
    "modeltranslation",  # before the others, as it asks
    *INSTALLED_APPS,
    *PACKAGES,
    "tests.existing.site",
]
MIDDLEWARE = [*MIDDLEWARE, "auditlog.middleware.AuditlogMiddleware"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework_simplejwt.authentication.JWTAuthentication",
    ]
}

LANGUAGES = [("en", "English"), ("de", "German"), ("fr", "French")]
MODELTRANSLATION_LANGUAGES = ("en", "de")
