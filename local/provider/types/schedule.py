"""EventBridge Scheduler."""

from local.provider.resource import Call, Name, Read, ResourceType, words
from local.provider.tags import tags

SCHEDULE = ResourceType(
    type="aws:scheduler/schedule:Schedule",
    service="scheduler",
    inputs=words(
        "name groupName flexibleTimeWindow scheduleExpression scheduleExpressionTimezone target "
        "description state startDate endDate kmsKeyArn actionAfterCompletion"
    ),
    name=Name(limit=64),
    id="{groupName}/{name}",
    defaults={"groupName": "default"},
    create=Call(operation="create_schedule"),
    update=Call(operation="update_schedule"),
    read=Read(operation="get_schedule"),
    delete=Call(operation="delete_schedule"),
    rename={"target.sagemakerPipelineParameters.pipelineParameters": "PipelineParameterList"},
    computed=words("arn"),
)

GROUP = ResourceType(
    type="aws:scheduler/scheduleGroup:ScheduleGroup",
    service="scheduler",
    inputs=words("name tags"),
    name=Name(limit=64),
    id="{name}",
    create=Call(operation="create_schedule_group"),
    read=Read(operation="get_schedule_group"),
    delete=Call(operation="delete_schedule_group"),
    computed=words("arn state creationDate lastModificationDate"),
    rename={"lastModificationDate": "LastModificationDate"},
    slow_delete=True,
    parts=(tags(),),
)

TYPES = (SCHEDULE, GROUP)
