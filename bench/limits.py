"""What limits each row now, written by hand: a line of docs/performance.md that no measure can tell."""

LIMITS = {
    "sweep": "Processor time: some 1.5 CPU seconds of DVC and the agent for each run, beside the training.",
    "run": "The training itself, then DVC around it, then the pictures of the report.",
    "webhook": "Processor time of two processes of Python: the head of each request, its JSON, the sockets.",
    "waiting": "Jobs of one lane follow each other: a question waits for the job before it.",
    "report": "Reading both commits with DVC in a closed room, and drawing four pictures.",
    "table": "Reading each commit that is not known yet; after that, the Git refs and the text of the table.",
    "processes": "The import of what each process uses.",
    "second-run": "Compiling what is installed; with a kept folder, one start of Python that tells whether it works.",
}
