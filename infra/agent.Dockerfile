# The node agent as a container, for machines on which nothing may be installed but Docker. agent.mjs is what the control plane serves:
#   curl -fsSL --cacert ca.crt https://HOST/kedge/v1/agent/manifest.json     names the file and its SHA-256
#   curl -fsSL --cacert ca.crt https://HOST/kedge/v1/agent/FILE -o agent.mjs
#   docker build -t kedge-agent -f infra/agent.Dockerfile .
#   docker run -d --name kedge-agent --restart always --network host --pid host --privileged -e KEDGE_TOKEN=kdj1... \
#     -v /var/run/docker.sock:/var/run/docker.sock -v /var/lib/kedge:/var/lib/kedge:rshared -v /dev/shm:/dev/shm -v /etc/machine-id:/etc/machine-id:ro \
#     kedge-agent --server https://HOST --ca /var/lib/kedge/ca.crt
# /var/lib/kedge has the same path inside as outside: the engine mounts volumes of pods from there. The token is needed at the first start alone.
FROM node:24-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates nftables iproute2 iptables conntrack && rm -rf /var/lib/apt/lists/*
COPY agent.mjs /opt/kedge/agent.mjs
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "/opt/kedge/agent.mjs", "--dir", "/var/lib/kedge"]
