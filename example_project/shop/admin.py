"""The plain admin: what is saved here shows up in every open sheet, with nothing to do for it."""

from __future__ import annotations

from django.contrib import admin

from shop.models import City, Country, Order, Product, Supplier


@admin.register(Supplier)
class SupplierAdmin(admin.ModelAdmin):
    list_display = ["name", "contact", "email", "lead_days", "minimum_order"]
    search_fields = ["name"]


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "supplier", "price", "stock", "unit", "active", "counted_on"]
    list_editable = ["price", "stock"]
    list_filter = ["active", "unit"]
    list_select_related = ["supplier"]
    search_fields = ["name", "supplier__name"]
    autocomplete_fields = ["supplier"]


@admin.register(Country)
class CountryAdmin(admin.ModelAdmin):
    list_display = ["name", "code"]
    search_fields = ["name", "code"]


@admin.register(City)
class CityAdmin(admin.ModelAdmin):
    list_display = ["name", "country", "population", "time_zone"]
    list_select_related = ["country"]
    search_fields = ["name"]
    autocomplete_fields = ["country"]


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["id", "customer", "product", "quantity", "state", "ordered_on"]
    list_select_related = ["product"]
    search_fields = ["customer"]
    autocomplete_fields = ["product", "city"]
    show_full_result_count = False
