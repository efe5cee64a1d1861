from django import template

from linking.facts import plain

register = template.Library()
register.filter("plain", plain)
