# One recipe, an image per service:  make build,  or  docker build --build-arg SERVICE=media --target service .
# Nothing in it is of one architecture:  docker buildx build --platform linux/amd64,linux/arm64 …
# Every package is pinned by its hash. With RELEASE=1 the base, PYTHON, must be pinned too:  python:3.12-slim-bookworm@sha256:…
# The build machine's CA bundle may be mounted at /etc/ssl/certs where the package registries need it.
ARG PYTHON=docker.io/library/python:3.12-slim-bookworm

FROM ${PYTHON} AS tools
ARG PYTHON
ARG RELEASE=
# What customers get stands on a base that nobody can change under its name.
RUN case "${RELEASE:+release}:${PYTHON}" in \
        :*|*@sha256:*) ;; \
        *) echo "A release needs its base with a digest, PYTHON=${PYTHON}@sha256:…" >&2; exit 1 ;; \
    esac
ENV PYTHONDONTWRITEBYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1
WORKDIR /src
COPY requirements/uv.txt requirements/
RUN python -m pip install --no-cache-dir --root-user-action=ignore --require-hashes -r requirements/uv.txt
# PocketSphinx has no wheel for this Python. The compiler stays in this stage.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends g++ gcc libc6-dev && rm -rf /var/lib/apt/lists/*

# The root file system of every image: Python and what it needs of Debian. Nothing in it depends on the service.
FROM ${PYTHON} AS root
WORKDIR /src
COPY deploy/__init__.py deploy/image_libraries.py deploy/image_root.py deploy/
RUN python -m deploy.image_root /root-fs && ldconfig -r /root-fs \
    && install -d -o 10001 -g 10001 -m 0700 /root-fs/data

FROM tools AS build
ARG SERVICE
COPY requirements/${SERVICE}.txt requirements/
# Symbols for debuggers are taken away, but not from libraries that wheels bring along, which that would break.
RUN python -m uv venv /opt/venv \
    && python -m uv pip sync --python /opt/venv/bin/python --require-hashes requirements/${SERVICE}.txt \
    && find /opt/venv -name '*.so' -not -path '*.libs/*' -exec strip --strip-debug {} +
COPY deploy/image_packages.py deploy/sbom.py deploy/
COPY --from=root /root-fs/var/lib/dpkg/status.d status.d
ARG VERSION=unversioned
# Bytecode is made here, as a read-only image cannot keep any, and is never held against its source again.
RUN /opt/venv/bin/python deploy/sbom.py "omnilex-${SERVICE}" "${VERSION}" status.d > /opt/venv/sbom.cdx.json \
    && site=$(/opt/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
    && python deploy/image_packages.py "$site" "${SERVICE}" \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash "$site"
COPY shared /srv/shared
COPY services/__init__.py /srv/services/__init__.py
COPY services/${SERVICE} /srv/services/${SERVICE}
COPY infra/lex /srv/infra/lex
COPY infra/faq /srv/infra/faq
RUN python -m compileall -q --invalidation-mode unchecked-hash /srv

# All of it together as it will be, without what it was built with. There is no shell.
FROM scratch AS proof
COPY --from=root /root-fs /
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv /srv
COPY deploy/__init__.py deploy/image_libraries.py deploy/image_proof.py /proof/deploy/
ARG SERVICE
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/srv:/proof OMNILEX_DATA_DIR=/tmp/data
RUN ["python", "-m", "deploy.image_proof", "/compiled", "/opt/venv", "/usr"]

# The pages, for the gateway alone: Node comes from PyPI, as on a laptop.
FROM tools AS pages
COPY requirements/pages.txt requirements/
RUN python -m uv venv /opt/node \
    && python -m uv pip sync --python /opt/node/bin/python --require-hashes requirements/pages.txt
COPY services/web services/web
WORKDIR /src/services/web
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN PATH=/opt/node/bin:$PATH npm ci --no-fund --no-audit && PATH=/opt/node/bin:$PATH npm run build

FROM scratch AS service
COPY --from=root /root-fs /
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv /srv
COPY --from=proof /compiled /
ARG PYTHON
ARG SERVICE
ARG VERSION=unversioned
ARG REVISION=unknown
LABEL org.opencontainers.image.base.name="${PYTHON}" \
      org.opencontainers.image.title="omnilex-${SERVICE}" \
      org.opencontainers.image.description="OmniLex: the ${SERVICE} service" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/srv \
    SERVICE=${SERVICE} PORT=8000 OMNILEX_DATA_DIR=/data
WORKDIR /srv
# The root file system may be read-only: these two are all that is written to. Declared here, they keep their owner.
VOLUME ["/data", "/tmp"]
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-m", "shared.healthcheck"]
CMD ["python", "-m", "shared.server"]

# Last, so that it is what is built without a target; the other services are built with --target service.
FROM service AS gateway
COPY --from=pages /src/services/web/dist /srv/services/web/dist
