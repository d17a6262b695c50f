from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Every field of readers' forms renders through one template; the admin has its own."""

    field_template_name = "forms/field.html"
