"""The routes. Customers are reached through the bot, so all but the staff's are for services only."""

from services.accounts.routes import (
    applications,
    audit,
    context,
    holdings,
    identity,
    imports,
    links,
    mortgages,
    payments,
    plans,
)

ROUTERS = [
    identity.router,
    links.router,
    context.router,
    audit.router,
    holdings.router,
    payments.router,
    plans.router,
    applications.router,
    mortgages.router,
    imports.router,
]
