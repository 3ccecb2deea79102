"""Credits and quotas of a user and of an org (docs/protocol.md section A.5)."""

from typing import Any

from aiohttp import web

from apolo_tui.local.accounts import Payer
from apolo_tui.local.configuration import User
from apolo_tui.local.document import decimal_text
from apolo_tui.local.http.gate import user_of
from apolo_tui.local.http.refusal import RefusedError, json_response
from apolo_tui.local.services import SERVICES, Services


async def get_user_account(request: web.Request) -> web.StreamResponse:
    services, payer = request.app[SERVICES], _payer(request)
    asker = user_of(request)
    if payer.user != asker.name and not _manages(asker, payer):
        raise web.HTTPForbidden
    document = {"user_name": payer.user, "role": "user", **account_document(services, payer)}
    return json_response(document)


async def get_org_account(request: web.Request) -> web.StreamResponse:
    document = account_document(request.app[SERVICES], _payer(request))
    # The SDK insists on these two.
    return json_response({**document, "default_role": "user", "maintenance": False})


def account_document(services: Services, payer: Payer) -> dict[str, Any]:
    accounts = services.engine.accounts
    limit = accounts.quota(payer).total_running_jobs
    balance = accounts.balance(payer)
    told = {"spent_credits": decimal_text(balance.spent)}
    if balance.credits is not None:
        told["credits"] = decimal_text(balance.credits)
    return {
        "cluster_name": payer.cluster,
        "org_name": payer.org,
        "quota": {} if limit is None else {"total_running_jobs": limit},
        "balance": told,
    }


def _payer(request: web.Request) -> Payer:
    """Whose account the path names. Strangers to the org learn nothing of it."""
    services, asker = request.app[SERVICES], user_of(request)
    match = request.match_info
    payer = Payer(match["cluster"], match["org"], match.get("user"))
    if not any(
        project.cluster == payer.cluster and project.org == payer.org for project in asker.roles
    ):
        raise web.HTTPNotFound
    if payer.user is not None and services.configuration.user(payer.user) is None:
        raise RefusedError(404, f"User {payer.user} does not exist")
    return payer


def _manages(user: User, payer: Payer) -> bool:
    return any(
        role in ("admin", "manager")
        for project, role in user.roles.items()
        if project.cluster == payer.cluster and project.org == payer.org
    )
