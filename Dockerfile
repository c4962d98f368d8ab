# Service Lab in a container: the course, its Python environment, and what a shared server needs.
#
#   docker build -t servicelab .
#   docker run --rm -it -p 127.0.0.1:8888:8888 -v servicelab:/data servicelab
#
# docs/shared-server.md tells about both, and about the indexed Job that grades a class with this image.
ARG BASE=python:3.13-slim-bookworm
FROM ${BASE}

# bubblewrap: a sandbox for `nbgrader autograde`; git: for Codespaces; tini: passes signals on
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap git tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home learner \
    && install --directory --owner=learner --mode=0700 /data

# the packages alone, so that a change of the course does not fetch them again
COPY requirements.lock /course/
RUN python3 -m venv /opt/servicelab \
    && /opt/servicelab/bin/pip install --no-cache-dir --require-hashes -r /course/requirements.lock

COPY . /course
RUN /opt/servicelab/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable /course

ENV PATH=/opt/servicelab/bin:$PATH \
    LAB_HOME=/data
USER learner
WORKDIR /data
VOLUME /data
EXPOSE 8888
ENTRYPOINT ["tini", "--"]
# Docker leads to the container's own address and not to its loopback; JupyterLab's token keeps others out.
CMD ["python", "-P", "-m", "servicelab.cli.run_server", "jupyter-lab", "--ip=0.0.0.0", "--no-browser"]
