"""The entry point of the web process: a Flask application."""

import os

from flask import Flask

from bot.settings import read_settings
from services.redis.guesses import Guesses
from services.redis.intake import Intake
from web.agent_api import runs
from web.batches import BATCHED
from web.operator import operator
from web.pages import pages
from web.webhook import Webhook
from wiring import Wired, wire


def create_app(wired: Wired | None = None) -> Flask:
    """Return the Flask application, made of these parts or, without them, of the settings in the environment."""
    here = wired or wire(read_settings(os.environ), late=True)
    settings = here.settings
    app = Flask(__name__, static_folder=None)
    secrets = (settings.github_webhook_secret, settings.github_webhook_secret_old)
    webhook = Webhook(secrets, settings.github_url, settings.github_app_id, Intake(here.redis, here.queue))
    app.extensions[BATCHED] = webhook  # for the worker, which answers many at a time
    app.register_blueprint(webhook.blueprint())
    app.register_blueprint(runs(here.ports, here.dvc_version, lambda: here.github.bot_login))
    app.register_blueprint(operator(here.ports, settings.operator_password, Guesses(here.redis)))
    app.register_blueprint(pages(here.images, here.pages, here.agent))
    return app
