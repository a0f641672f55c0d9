"""What Airflow 3.3 gives to templates: names, and what these have.

From its source: `RuntimeTaskInstance.get_template_context` in airflow/sdk/execution_time/task_runner.py, `DagRun` in
airflow/sdk/api/datamodels/_generated.py, airflow/sdk/execution_time/macros.py and
airflow/sdk/definitions/_internal/templater.py; a test holds these tables against the Airflow that is installed.
"""

from __future__ import annotations

from datetime import datetime

#: What the context of a task has while its templates are rendered.
CONTEXT = frozenset(
    "asset_state_store conn dag dag_run data_interval_end data_interval_start ds ds_nodash inlet_events inlets "
    "logical_date macros map_index_template outlet_events outlets params partition_date partition_key "
    "prev_data_interval_end_success prev_data_interval_start_success prev_end_date_success prev_start_date_success "
    "run_id task task_instance task_instance_key_str task_reschedule_count task_state_store ti "
    "triggering_asset_events ts ts_nodash ts_nodash_with_tz var".split()
)
#: What the documentation of the context names as well, and what is not there yet, or no more, when a task is rendered.
ELSEWHERE = {
    "try_number": "ti.try_number",
    "test_mode": "",
    "exception": "",
    "reason": "",
    "expanded_ti_count": "",
    "templates_dict": "",
}
#: What the generated DAGs give (templates/pipeline.yaml.j2).
MACROS = frozenset("job_name run_key predictions_uri artifact_uri output_uri result_of".split())
KNOWN = CONTEXT | MACROS
#: What Jinja gives.
JINJA = frozenset("range dict lipsum cycler joiner namespace true false none True False None loop self".split())
FILTERS = ("ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz")
#: What Airflow 2 gave and Airflow 3 does not, and what to write instead.
REMOVED = {
    "execution_date": "logical_date",
    "next_execution_date": "data_interval_end",
    "prev_execution_date": "data_interval_start",
    "prev_execution_date_success": "prev_data_interval_start_success",
    "next_ds": "data_interval_end | ds",
    "next_ds_nodash": "data_interval_end | ds_nodash",
    "prev_ds": "data_interval_start | ds",
    "prev_ds_nodash": "data_interval_start | ds_nodash",
    "tomorrow_ds": "macros.ds_add(ds, 1)",
    "tomorrow_ds_nodash": "macros.ds_add(ds, 1) | replace('-', '')",
    "yesterday_ds": "macros.ds_add(ds, -1)",
    "yesterday_ds_nodash": "macros.ds_add(ds, -1) | replace('-', '')",
    "conf": "var.value or an environment variable",
    "triggering_dataset_events": "triggering_asset_events",
    "inlet_datasets": "inlets",
    "dag_run.execution_date": "dag_run.logical_date",
    "dag_run.external_trigger": "dag_run.run_type",
    "dag_run.get_task_instance": "ti.get_task_states",
    "dag_run.queued_at": "dag_run.run_after",
    "ti.execution_date": "logical_date",
    "ti.dag_run": "dag_run",
    "ti.get_dagrun": "dag_run",
    "ti.job_id": "ti.id",
    "ti.next_try_number": "ti.try_number + 1",
    "ti.previous_ti": "ti.get_previous_ti()",
    "ti.prev_attempted_tries": "ti.try_number",
    "ti.operator": "task.task_type",
    "ti.pool": "task.pool",
}
#: Not there in runs without a logical date: those that assets start.
NEEDS_LOGICAL_DATE = frozenset(
    "ds ds_nodash ts ts_nodash ts_nodash_with_tz logical_date data_interval_start data_interval_end "
    "prev_data_interval_start_success prev_data_interval_end_success".split()
)
#: None in these runs.
EMPTY_WITHOUT_LOGICAL_DATE = frozenset(
    ("dag_run.logical_date", "dag_run.data_interval_start", "dag_run.data_interval_end")
)

_DAG_RUN = frozenset(
    "clear_number conf consumed_asset_events dag_id data_interval_end data_interval_start end_date logical_date note "
    "partition_date partition_key run_after run_id run_type start_date state team_name triggering_user_name".split()
)
_TASK_INSTANCE = frozenset(
    "axcom_pull axcom_push bundle_instance context_carrier dag_id dag_version_id end_date get_dag get_dagrun_state "
    "get_dr_count get_first_reschedule_date get_previous_dagrun get_previous_ti get_relevant_upstream_map_indexes "
    "get_task_breadcrumbs get_task_states get_template_context get_ti_count hostname id is_mapped log_url map_index "
    "mark_success_url max_tries queue render_templates rendered_map_index run_id sentry_integration start_date state "
    "stats_tags task task_id try_number xcom_pull xcom_push".split()
)
_MACROS = frozenset(
    "datetime datetime_diff_for_humans dateutil ds_add ds_format ds_format_locale json random time timedelta uuid "
    "yaml".split()
)
#: pendulum.DateTime, beyond what Python's datetime has.
_PENDULUM = frozenset(
    "EPOCH add age at average closest create day_of_week day_of_year days_in_month diff diff_for_humans end_of "
    "farthest first_of float_timestamp for_json format get_offset in_timezone in_tz instance int_timestamp "
    "is_anniversary is_birthday is_dst is_future is_leap_year is_local is_long_year is_past is_same_day is_utc last_of "
    "naive next nth_of offset offset_hours on previous quarter set start_of subtract timezone timezone_name "
    "to_atom_string to_cookie_string to_date_string to_datetime_string to_day_datetime_string "
    "to_formatted_date_string to_iso8601_string to_rfc1036_string to_rfc1123_string to_rfc2822_string "
    "to_rfc3339_string to_rfc822_string to_rfc850_string to_rss_string to_time_string to_w3c_string tz "
    "week_of_month week_of_year".split()
)
_MOMENT = _PENDULUM | frozenset(dir(datetime))
_TEXT = frozenset(dir(str))
_MOMENTS = ("logical_date", "data_interval_start", "data_interval_end", "run_after")
#: What can be asked of what; of all else anything can.
ATTRIBUTES: dict[str, frozenset[str]] = {
    "dag_run": _DAG_RUN,
    "ti": _TASK_INSTANCE,
    "task_instance": _TASK_INSTANCE,
    "macros": _MACROS,
    "var": frozenset(("value", "json", *dir(dict))) - {"values"},
    **dict.fromkeys(("logical_date", "data_interval_start", "data_interval_end"), _MOMENT),
    **{f"dag_run.{name}": _MOMENT for name in _MOMENTS},
    **dict.fromkeys(("ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz", "run_id", "dag_run.run_id"), _TEXT),
}
