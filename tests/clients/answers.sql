-- What every client is asked: figures, and whether the meaning of every table and column arrives.
-- Grain: one row.
select
    (select count(*) from marts.dim_cities) as city_count,
    (select round(sum(cnc_tgco2), 6) from marts.fct_national_carbon_budgets) as cnc_tgco2,
    (
        select md5(string_agg(comment, '|' order by table_name))
        from duckdb_tables() where schema_name = 'marts'
    ) as table_comments,
    (
        select md5(string_agg(comment, '|' order by table_name, column_index))
        from duckdb_columns() where schema_name = 'marts'
    ) as column_comments,
    (
        select count(*) from duckdb_columns()
        where schema_name = 'marts' and coalesce(comment, '') = ''
    ) as silent_column_count,
    (select count(*) from meta.keys where key_type = 'foreign') as foreign_key_count,
    mann_kendall([1, 3, 2, 4, 5]).p_value as p_value,
    (select round(gini(list(cnc_tgco2)).weighted, 9) from bi.rankings where entity_level = 'city')
        as gini_weighted,
    (select count(*) from verify() where not holds) as broken_identity_count
