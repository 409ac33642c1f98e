"""The stages of one survey as an Airflow DAG (Airflow 2.4 or newer, or 3): copy into its DAGs.

Each task is one stage, so that a failed one is retried alone. Exit code 3 (inputs were left out) is
taken for a success: `blankspot status` and the log name them.
"""

from datetime import datetime, timedelta

from airflow import DAG

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:  # Airflow 2
    from airflow.operators.bash import BashOperator

HOME = "/srv/blankspot"
CONFIG = f"{HOME}/configs/banten.toml"
STAGES = ("ingest", "aggregate", "predict", "rank", "plan", "deliver")

with DAG(
    dag_id="blankspot_banten_2024",
    schedule="0 2 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=15),
        "execution_timeout": timedelta(hours=6),
    },
) as dag:
    before = None
    for stage in STAGES:
        task = BashOperator(
            task_id=stage,
            bash_command=f"{HOME}/.venv/bin/blankspot {stage} {CONFIG} "
            f"--log-json {HOME}/log/banten.jsonl || [ $? -eq 3 ]",
        )
        if before is not None:
            before >> task
        before = task
