/** The systemd unit of a node's agent. Pods are Docker's: a stopped agent stops none. */
export const unitText = `[Unit]
Description=Kedge node agent
After=network-online.target docker.service
Wants=network-online.target docker.service
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=/opt/kedge/bin/kedge-agent
Restart=always
RestartSec=2
# a watchdog may run beside the agent: it stops pods that were promised to be stopped when the agent is dead, so it outlives it
KillMode=process
TimeoutStopSec=20
LimitNOFILE=1048576
OOMScoreAdjust=-900

[Install]
WantedBy=multi-user.target
`;
