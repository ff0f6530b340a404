"""Versions of models in MLflow's registry: one for each pair of package and evidence."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from mlflow.artifacts import download_artifacts
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.tracking import MlflowClient

from mlcycle.adapters.mlflow.client import absent, client, exists, experiment
from mlcycle.adapters.mlflow.signature import model_signature
from mlcycle.ports import Standing, Version

PACKAGE_TAG = "mlcycle.package_digest"
EVIDENCE_TAG = "mlcycle.evidence_digest"


class MlflowRegistry:
    """Implements `mlcycle.ports.Registry`."""

    def __init__(
        self,
        *,
        tracking_uri: str,
        cache: Path,
        registry_uri: str | None = None,
        artifact_root: Path | None = None,
    ) -> None:
        """cache: where packages that a server keeps are downloaded to, one folder a digest.

        artifact_root: where a local database keeps files; None leaves it to the server.
        """
        self._client: MlflowClient = client(tracking_uri, registry_uri)
        self._tracking_uri = tracking_uri
        self._cache = cache
        self._artifact_root = artifact_root

    def register(
        self,
        *,
        model: str,
        package: Path,
        package_digest: str,
        evidence_digest: str,
        run_id: str,
        signature: Mapping[str, Any],
        tags: Mapping[str, str],
    ) -> Version:
        """Register a package, or return the version that already has this package and evidence digest.

        Files first, then the version with its tags in one request: a process that dies in between leaves no
        version, and the next one writes the same files to the same place.
        """
        declared = model_signature(signature)
        self._ensure(model)
        found = self._find(model, package_digest, evidence_digest)
        if found is None:
            run_id, source = self._upload(model, package, package_digest, run_id, declared)
            found = self._client.create_model_version(
                model,
                source,
                run_id,
                tags={**tags, PACKAGE_TAG: package_digest, EVIDENCE_TAG: evidence_digest},
            )
        return self._version(found)

    def get(self, model: str, version: str) -> Version | None:
        """The version of that number, or None."""
        try:
            return self._version(self._client.get_model_version(model, version))
        except MlflowException as error:
            if absent(error):
                return None
            raise

    def standing(self, model: str) -> Standing:
        """The aliases and tags of a model; none for one that is not there. Raises if it cannot be asked."""
        try:
            found = self._client.get_registered_model(model)
        except MlflowException as error:
            if absent(error):
                return Standing(aliases={}, tags={})
            raise
        aliases = {alias: str(version) for alias, version in found.aliases.items()}
        return Standing(aliases=aliases, tags=dict(found.tags))

    def set_alias(self, model: str, alias: str, version: str) -> None:
        """Point `alias` at `version`; it points nowhere else afterwards."""
        self._client.set_registered_model_alias(model, alias, version)

    def delete_alias(self, model: str, alias: str) -> None:
        """Let an alias point nowhere; one that does not is left alone."""
        self._client.delete_registered_model_alias(model, alias)

    def set_tag(self, model: str, key: str, value: str) -> None:
        """Set a tag of the model itself, whatever its version."""
        self._client.set_registered_model_tag(model, key, value)

    def _ensure(self, model: str) -> None:
        try:
            self._client.create_registered_model(model)
        except MlflowException as error:
            if not exists(error):
                raise

    def _find(self, model: str, package_digest: str, evidence_digest: str) -> ModelVersion | None:
        """The newest version with both tags: the same content in other words, whoever registered it."""
        query = (
            f"name = '{model}' and tags.`{PACKAGE_TAG}` = '{package_digest}'"
            f" and tags.`{EVIDENCE_TAG}` = '{evidence_digest}'"
        )
        found = list(self._client.search_model_versions(query))
        return max(found, key=lambda version: int(version.version), default=None)

    def _upload(self, model: str, package: Path, digest: str, run_id: str, signature: Any) -> tuple[str, str]:
        """Log the package as a model of the training's run; gives the run and where its files are."""
        run = self._run(model, run_id)
        folder = f"package-{digest[:12]}"
        described = Model(
            run_id=run.info.run_id, artifact_path=folder, signature=signature, model_uuid=digest[:32],
            utc_time_created="", metadata={PACKAGE_TAG: digest},
        )  # fmt: skip
        described.add_flavor("onnx", data="package/model.onnx", code=None)
        described.add_flavor("mlcycle", package="package", digest=digest)
        if described.signature is None:
            raise ValueError("the model would be registered without a signature")
        with tempfile.TemporaryDirectory() as scratch:
            shutil.copytree(package, Path(scratch) / "package")
            described.save(str(Path(scratch) / "MLmodel"))
            self._client.log_artifacts(run.info.run_id, scratch, folder)
        return run.info.run_id, f"{run.info.artifact_uri}/{folder}"

    def _run(self, model: str, run_id: str) -> Any:
        """The training's run; where it is gone (another store), a run that holds only the package."""
        if run_id:
            try:
                return self._client.get_run(run_id)
            except MlflowException as error:
                if not absent(error):
                    raise
        experiment_id = experiment(self._client, model, self._artifact_root)
        run = self._client.create_run(experiment_id, run_name=f"{model} package")
        self._client.set_terminated(run.info.run_id)
        return run

    def _version(self, found: ModelVersion) -> Version:
        tags = dict(found.tags)
        return Version(
            model=found.name,
            version=str(found.version),
            package_digest=tags.get(PACKAGE_TAG, ""),
            evidence_digest=tags.get(EVIDENCE_TAG, ""),
            aliases=tuple(sorted(found.aliases)),
            package_path=str(self._local(found.source, tags.get(PACKAGE_TAG, "unknown")) / "package"),
            run_id=found.run_id or "",
        )

    def _local(self, source: str, digest: str) -> Path:
        """The folder of the files: where they are, or a copy in the cache. Readers verify it by digest."""
        parsed = urlparse(source)
        if parsed.scheme in ("", "file"):
            return Path(unquote(parsed.path))
        target = self._cache / digest
        if not (target / "MLmodel").is_file():
            self._cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._cache) as scratch:
                got = download_artifacts(
                    artifact_uri=source, dst_path=scratch, tracking_uri=self._tracking_uri
                )
                shutil.rmtree(target, ignore_errors=True)
                Path(got).replace(target)
        return target
