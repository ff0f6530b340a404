"""mlcycle: one YAML spec for a model's whole lifecycle, compiled to Dagster assets and BentoML services."""

__version__ = "0.1.0"
