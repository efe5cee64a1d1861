# Built by docker-compose.yml. The packages are pinned with hashes; nothing is compiled.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
      --require-hashes --requirement /requirements.txt

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin console \
 && install --directory --owner console --group console --mode 0700 /data
COPY --from=packages /venv /venv
COPY . /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DEBUG=0 \
    DATA_DIR=/data
# The root file system is read-only later, so what Python would write at the first import is written now.
RUN python -m compileall -q /app
USER 10001:10001
VOLUME /data
EXPOSE 8000
CMD ["granian", "--host", "0.0.0.0", "--port", "8000", "--interface", "wsgi", "--http", "1", "--no-ws", \
     "--workers", "2", "--blocking-threads", "16", "--respawn-failed-workers", "--workers-kill-timeout", "20", \
     "bizmanager.wsgi:application"]
