"""What the actors, the replicas and the clients say to one another: plain data, no behaviour.

One module per receiver (`consensus`, `election_timer`, `log_store`, `replicator`, `socket_reader`,
`state_machine`), whose union `<Receiver>Message` is all that the receiver handles; `timer` is what the runtime's timers
tell; `wire` is what crosses the network, and `codec` its JSON.
"""
