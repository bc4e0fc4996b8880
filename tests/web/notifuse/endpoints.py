"""The URLs of this wire, as the wire itself lists them."""

from tidings.base.metrics import Metrics
from tidings.brands.reading import Reading
from tidings.events.committer import Committer
from tidings.schema.catalog import Catalog
from tidings.storage.pool import Database
from tidings.web.gate import Endpoint
from tidings.web.notifuse.message_routes import Messages
from tidings.web.notifuse.routes import Notifuse

_NOWHERE = "postgresql://nowhere"
_DATABASE = Database(_NOWHERE)
_TOOLS = Committer(_NOWHERE, Catalog(), Metrics()), _DATABASE, Reading(_DATABASE)
_MESSAGES: list[Endpoint] = Messages(*_TOOLS).endpoints()

ENDPOINTS: list[Endpoint] = [*Notifuse(*_TOOLS).endpoints(), *_MESSAGES]
"""Every endpoint; never called here, so they are on no database."""

PATHS = [endpoint.path for endpoint in ENDPOINTS]
METHODS = {endpoint.path: endpoint.methods for endpoint in ENDPOINTS}
CALLS = [(method, endpoint.path) for endpoint in ENDPOINTS for method in endpoint.methods]
"""Every URL with each of its methods."""

MESSAGE_PATHS = [endpoint.path for endpoint in _MESSAGES]
