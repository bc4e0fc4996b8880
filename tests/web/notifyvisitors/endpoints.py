"""The URLs of this wire, as the wire itself lists them."""

from tidings.base.metrics import Metrics
from tidings.events.committer import Committer
from tidings.schema.catalog import Catalog
from tidings.storage.pool import Database
from tidings.web.gate import Endpoint
from tidings.web.notifyvisitors.campaign_routes import Campaigns
from tidings.web.notifyvisitors.push_routes import Devices
from tidings.web.notifyvisitors.push_send_routes import Pushes
from tidings.web.notifyvisitors.report_routes import Reports
from tidings.web.notifyvisitors.routes import NotifyVisitors
from tidings.web.notifyvisitors.segment_routes import Segments

_NOWHERE = "postgresql://nowhere"

SEGMENTS: list[Endpoint] = Segments(Database(_NOWHERE)).endpoints()
CAMPAIGNS: list[Endpoint] = Campaigns(Database(_NOWHERE)).endpoints()
DEVICES: list[Endpoint] = Devices(Database(_NOWHERE)).endpoints()
PUSHES: list[Endpoint] = Pushes(Database(_NOWHERE)).endpoints()
REPORTS: list[Endpoint] = Reports(Database(_NOWHERE)).endpoints()
ENDPOINTS: list[Endpoint] = [
    *NotifyVisitors(Committer(_NOWHERE, Catalog(), Metrics()), Database(_NOWHERE)).endpoints(),
    *SEGMENTS,
    *CAMPAIGNS,
    *DEVICES,
    *PUSHES,
    *REPORTS,
]
"""Every endpoint; never called here, so they are on no database."""

PATHS = [endpoint.path for endpoint in ENDPOINTS]
CALLS = [(method, endpoint.path) for endpoint in ENDPOINTS for method in endpoint.methods]
"""Every URL with each of its methods."""
