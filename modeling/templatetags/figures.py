"""Numbers as they are shown: with n and interval, and "not enough data" instead of a guess."""

from django import template

register = template.Library()
