"""The option that says which DREAMER."""

import click

data_option = click.option(
    "--data",
    envvar="RTDREAMER_DREAMER",
    metavar="DREAMER.mat",
    help="DREAMER.mat, or simulated[:subjects=…,effect=…,clip=…,seed=…].  "
    "[env: RTDREAMER_DREAMER; default: simulated]",
)
