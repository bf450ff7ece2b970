# One recipe, an image per service:  make build,  or  docker build --build-arg SERVICE=media .
# The build machine's CA bundle may be mounted at /etc/ssl/certs where the package registries need it.
ARG PYTHON=docker.io/library/python:3.12-slim-bookworm

FROM ${PYTHON} AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1
WORKDIR /src
COPY requirements/uv.txt requirements/
RUN python -m pip install --no-cache-dir --root-user-action=ignore --require-hashes -r requirements/uv.txt
ARG SERVICE
COPY requirements/${SERVICE}.txt requirements/
RUN python -m uv venv /opt/venv \
    && python -m uv pip sync --python /opt/venv/bin/python --require-hashes requirements/${SERVICE}.txt

# The pages, for the gateway alone: Node comes from PyPI, as on a laptop.
FROM build AS pages
COPY requirements/laptop.txt requirements/
RUN python -m uv venv /opt/node && python -m uv pip install --python /opt/node/bin/python --require-hashes \
    -r requirements/laptop.txt
COPY services/web services/web
RUN cd services/web && PATH=/opt/node/bin:$PATH npm ci --no-fund --no-audit && PATH=/opt/node/bin:$PATH npm run build

FROM ${PYTHON} AS service
RUN groupadd --gid 10001 omnilex && useradd --uid 10001 --gid omnilex --no-create-home --shell /usr/sbin/nologin omnilex \
    && install -d -o omnilex -g omnilex /data
ARG SERVICE
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/srv \
    SERVICE=${SERVICE} PORT=8000 OMNILEX_DATA_DIR=/data
COPY --from=build /opt/venv /opt/venv
COPY shared /srv/shared
COPY services/__init__.py /srv/services/__init__.py
COPY services/${SERVICE} /srv/services/${SERVICE}
COPY infra/lex /srv/infra/lex
COPY infra/faq /srv/infra/faq
WORKDIR /srv
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-m", "shared.healthcheck"]
CMD ["sh", "-c", "exec uvicorn --factory services.$SERVICE.main:create_app --host 0.0.0.0 --port $PORT --no-access-log --no-server-header"]

# Last, so that it is what is built without a target; the other services are built with --target service.
FROM service AS gateway
COPY --from=pages /src/services/web/dist /srv/services/web/dist
