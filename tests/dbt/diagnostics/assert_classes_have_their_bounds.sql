-- Classes of persistence, Gini coefficients and Gi* scores have the bounds of their definitions.
-- Fails with one row per value whose class is another.
with

hursts as (

    select
        unnest([0.3, -0.4, 0.35, 0.5, 0.8, 0.8, null]) as hurst,
        unnest([0.9, 0.01, 1.0, 0.5, 0.05, 0.04, null]) as p_value,
        unnest([
            'random', 'anti-persistent', 'random', 'random', 'random', 'persistent', null
        ]) as expected

),

ginis as (

    select
        unnest([0, 0.1999, 0.2, 0.3, 0.3999, 0.4, 0.4999, 0.5, 0.9, null]) as gini,
        unnest([
            'absolute average', 'absolute average', 'relatively average', 'relatively reasonable',
            'relatively reasonable', 'large gap', 'large gap', 'great disparity',
            'great disparity', null
        ]) as expected

),

scores as (

    select
        unnest([3, 2.576, 1.97, 1.96, 1.65, 1.645, 0, -1.65, -1.97, -2.58, null]) as gi_star_z,
        unnest([
            'hot_99', 'hot_95', 'hot_95', 'hot_90', 'hot_90', 'ns', 'ns', 'cold_90', 'cold_95',
            'cold_99', null
        ]) as expected

),

classified as (

    select
        'persistence' as scale,
        hurst as score,
        expected,
        {{ persistence('hurst', 'p_value', '0.35') }} as actual
    from hursts

    union all

    select
        'polarisation' as scale,
        gini as score,
        expected,
        {{ polarisation('gini') }} as actual
    from ginis

    union all

    select
        'hot_spot' as scale,
        gi_star_z as score,
        expected,
        {{ hot_spot('gi_star_z') }} as actual
    from scores

),

final as (

    select * from classified

    where actual is distinct from expected

)

select * from final
