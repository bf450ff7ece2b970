"""The routes. Customers are reached through the bot, so all but the staff's are for services only."""

from services.accounts.routes import holdings, identity, payments, plans

ROUTERS = [identity.router, holdings.router, payments.router, plans.router]
