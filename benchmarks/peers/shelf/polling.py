"""REST framework alone, for a page that asks again and again what there is."""

from __future__ import annotations

from django.urls import include, path
from products import COLUMNS
from rest_framework import routers, serializers, viewsets
from shelf.models import Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", *COLUMNS]


class Products(viewsets.ModelViewSet):
    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer


router = routers.SimpleRouter()
router.register("products", Products)
urlpatterns = [path("", include(router.urls))]
