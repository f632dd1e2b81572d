"""djangochannelsrestframework: a PATCH over the socket, and an observer that tells everybody.

It looks at no session and no permission, and locks nothing.
"""

from __future__ import annotations

from typing import Any

import django

django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402
from djangochannelsrestframework.decorators import action  # noqa: E402
from djangochannelsrestframework.generics import GenericAsyncAPIConsumer  # noqa: E402
from djangochannelsrestframework.mixins import PatchModelMixin  # noqa: E402
from djangochannelsrestframework.observer import model_observer  # noqa: E402
from djangochannelsrestframework.permissions import AllowAny  # noqa: E402
from products import COLUMNS  # noqa: E402
from rest_framework import serializers  # noqa: E402
from shelf.models import Product  # noqa: E402


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", *COLUMNS]


class ProductConsumer(PatchModelMixin, GenericAsyncAPIConsumer):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    permission_classes = (AllowAny,)

    @model_observer(Product, serializer_class=ProductSerializer)
    async def products(self, message: dict[str, Any], **kwargs: Any) -> None:
        await self.send_json(message)

    @action()
    async def subscribe(self, request_id: str, **kwargs: Any) -> tuple[dict[str, Any], int]:
        await self.products.subscribe(request_id=request_id)
        return {}, 201


routes = [re_path(r"ws/sheet/product/$", ProductConsumer.as_asgi())]
application = ProtocolTypeRouter({"websocket": URLRouter(routes)})
