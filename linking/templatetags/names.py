from django import template
from django.template.defaultfilters import stringfilter

from linking.facts import plain

register = template.Library()
# What was escaped stays so: letters only go, none come.
register.filter("plain", stringfilter(plain), is_safe=True)
